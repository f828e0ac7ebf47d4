"""Characters of Chinese names by the pinyin that they have in names, the commoner ones first.

An input method made for sentences offers 里 for ``li`` and 正佳好 for ``zhengjiahao``; at a counter
people type names. Written down here once, since dictionaries of readings know 单 as ``dan``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _table(lines: str) -> Mapping[str, tuple[str, ...]]:
    entries = (entry.split() for entry in lines.replace("\n", " ").split(";"))
    return MappingProxyType({entry[0]: tuple(entry[1:]) for entry in entries})


SURNAMES = _table(
    """
ai 艾; an 安; bai 白 柏; bao 包 鲍; bi 毕; bian 边 卞; bo 卜; cai 蔡; cao 曹; cen 岑; chai 柴;
chang 常; che 车; chen 陈; cheng 程 成; chi 池; chu 褚; cui 崔; dai 戴; dang 党; deng 邓;
ding 丁; dong 董; dongfang 东方; dou 窦; du 杜; duan 段; fan 范 樊; fang 方 房; fei 费; feng 冯;
fu 付 符 傅; gan 甘; gao 高; ge 葛 盖; geng 耿; gong 龚 宫; gongsun 公孙; gou 苟;
gu 顾 谷 古 辜; guan 关 管 官; gui 桂; guo 郭; han 韩; hao 郝; he 何 贺; hong 洪; hou 侯; hu 胡;
hua 华; huang 黄; huangfu 皇甫; huo 霍; ji 纪 吉 姬; jia 贾; jian 简; jiang 蒋 姜 江; jiao 焦;
jie 揭; jin 金 靳; jing 景; kang 康; ke 柯; kong 孔; kuang 邝; lai 赖; lan 蓝; lei 雷; leng 冷;
li 李 黎; lian 连; liang 梁; liao 廖; lin 林; ling 凌; linghu 令狐; liu 刘 柳; long 龙; lou 娄;
lu 卢 陆 鲁 路; luo 罗 骆; lv 吕; ma 马; mai 麦; mao 毛; mei 梅; meng 孟; mi 米; miao 苗 缪;
min 闵; mo 莫; moqi 万俟; mou 牟; mu 穆; murong 慕容; ni 倪; nie 聂; ning 宁; niu 牛; nong 农;
ou 欧 区; ouyang 欧阳; pan 潘; pang 庞; pei 裴; peng 彭; piao 朴; qi 齐 祁; qian 钱; qiao 乔;
qin 秦 覃; qiu 邱 丘 仇; qu 曲 屈; quan 全; ran 冉; rao 饶; ren 任; ruan 阮; sha 沙; shan 单;
shang 尚; shangguan 上官; shao 邵; she 佘; shen 沈 申; sheng 盛; shi 石 史 施 时; shu 舒; si 司;
sima 司马; situ 司徒; song 宋; su 苏; sun 孙; tan 谭; tang 唐 汤; tao 陶; teng 滕; tian 田;
tong 童 佟; tu 涂; wan 万; wang 王 汪; wei 魏 韦 卫; wen 温 文; weng 翁; wu 吴 武 伍 邬 巫;
xi 席; xia 夏; xiahou 夏侯; xiang 向 项; xiao 肖; xie 谢 解; xin 辛; xing 邢; xiong 熊;
xu 徐 许; xue 薛; yan 闫 严 颜 晏; yang 杨; yao 姚; ye 叶; yi 易; yin 尹 殷; ying 应; you 游 尤;
yu 余 于 俞 喻; yuan 袁; yuchi 尉迟; yue 岳; zang 臧; zeng 曾; zha 查; zhai 翟; zhan 詹;
zhang 张 章; zhangsun 长孙; zhao 赵; zheng 郑; zhong 钟; zhou 周; zhu 朱 祝; zhuang 庄;
zhuge 诸葛; zhuo 卓; zong 宗; zou 邹; zuo 左
"""
)
"""Surnames of one and two characters."""

GIVEN = _table(
    """
ai 爱; an 安; bai 柏; bang 邦; bao 宝 保; bei 蓓; bin 彬 斌; bing 炳 冰; bo 波 博 伯;
cai 才 财 彩; can 灿; chan 婵; chang 嫦 长 昌; chao 超; chen 晨 辰 琛 宸; cheng 成 程 承 诚;
chi 驰; chuan 川; chuang 创; chun 春; cong 聪; da 达; dai 黛; dan 丹; dao 道; de 德; di 娣 弟;
dian 典; ding 定; dong 东 栋; e 娥; fa 发; fan 范; fang 芳 方; fei 飞 菲; fen 芬; feng 峰 凤 锋;
fu 福 富; gang 钢 刚; gen 根; guang 光; gui 桂 贵; guo 国; hai 海; han 涵; hao 豪 浩 昊;
he 和 河 鹤; heng 亨 恒; hong 红 宏 洪 虹 泓 鸿; hu 虎 湖; hua 华 花; huai 怀; huan 欢 焕;
huang 煌; hui 辉 慧 惠 蕙 晖; huo 火; ji 季 基 继; jia 家 佳 嘉; jian 建 健 坚; jiang 江;
jiao 娇; jie 杰 洁; jin 金 进 津 锦 瑾; jing 静 晶 菁 景 敬; jiu 久; ju 菊 举; juan 娟;
jun 军 俊 峻 骏 钧; kai 凯 开 楷 铠; kang 康; ke 珂 可; kui 魁; kun 坤 昆; lai 来; lan 兰 岚 蓝;
lang 朗; le 乐; lei 磊 蕾; li 丽 利 立 莉 力 礼; lian 莲 连; liang 亮 良 梁; lin 林 琳;
ling 玲 岭; liu 柳; long 龙 隆; lu 璐 露; man 满 曼; mei 美 梅 妹; meng 孟 梦; miao 淼 妙;
min 敏 民; ming 明 铭; mo 模; mu 木; na 娜; nan 楠; neng 能; ni 妮 霓; ning 宁; nuo 诺;
pei 佩 培; peng 鹏 朋; ping 平 萍; qi 琪 启 琦; qian 倩 前 乾 谦; qiang 强; qiao 巧; qin 琴 勤;
qing 庆 清 青 卿 晴; qiong 琼; quan 全 权 泉; ran 然; ren 仁; rong 荣 蓉 容; ru 如 儒;
rui 睿 锐 瑞; run 润; ruo 若; sen 森; shan 山 珊 姗; shao 少 绍; sheng 生 胜 盛 晟; shi 诗;
shou 守; shu 淑 书 树 叔; shuang 爽 双; shui 水; shun 顺; si 思; song 松; su 素; tang 堂;
tao 涛 桃; teng 腾; tian 天 田 添; tie 铁; ting 婷; tong 桐; tu 土; wan 婉; wang 旺;
wei 伟 卫 维 薇 威 炜 玮; wen 文; wu 武 梧; xi 喜 曦 溪 锡; xia 霞; xian 先 贤;
xiang 祥 香 翔 向; xiao 晓 小; xin 新 鑫 欣 信 心; xing 兴 星 杏; xiong 雄; xiu 秀; xu 旭;
xuan 轩 萱 璇; xue 雪 学; ya 雅; yan 燕 艳 彦 妍 岩 雁 炎 焱 言; yang 阳 洋; yao 瑶 耀;
ye 业 烨; yi 怡 义 仪 毅 意 奕 逸 依 伊; yin 银; ying 英 颖 莹 鹰 盈 莺; yong 勇 永; you 有 友;
yu 玉 宇 雨 余 育 钰 瑜 渝 语; yuan 媛 圆 远 元 苑; yue 月 跃 玥 悦; yun 云 韵 芸; ze 泽;
zhang 章; zhao 昭 招; zhe 哲; zhen 珍 振 贞 镇; zheng 正; zhi 志 芝 智 芷; zhong 忠 中 仲;
zhu 珠 朱; zhuang 壮; zi 子 梓 姿 紫; zong 宗; zu 祖
"""
)
"""Characters of given names."""
